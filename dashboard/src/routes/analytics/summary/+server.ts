/** `GET /analytics/summary`: the same as `/api/analytics/kpis`. */
export { GET } from '../../api/analytics/kpis/+server.ts'
