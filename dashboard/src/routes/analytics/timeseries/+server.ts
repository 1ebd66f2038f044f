/** `GET /analytics/timeseries`: the same as `/api/analytics/timeseries`. */
export { GET } from '../../api/analytics/timeseries/+server.ts'
