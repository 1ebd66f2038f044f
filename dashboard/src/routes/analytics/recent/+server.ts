/** `GET /analytics/recent`: the same as `/api/analytics/recent`. */
export { GET } from '../../api/analytics/recent/+server.ts'
