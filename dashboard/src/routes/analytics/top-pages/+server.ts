/** `GET /analytics/top-pages`: the same as `/api/analytics/top-pages`. */
export { GET } from '../../api/analytics/top-pages/+server.ts'
