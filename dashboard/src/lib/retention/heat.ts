/** How full the colour of a cell is: 0 none, 1 to 8. Steps are narrow where most cohorts are. */
const FROM = [Number.MIN_VALUE, 0.02, 0.05, 0.1, 0.2, 0.35, 0.55, 0.8]

/** @param share of the cohort; of amounts, of the largest there is */
export const heatOf = (share: number | undefined) =>
  share === undefined ? 0 : FROM.filter((from) => share >= from).length

/** The steps of the scale, for its legend. */
export const HEAT_STEPS = FROM.map((from, at) => ({
  level: at + 1,
  name: at === 0 ? '>0' : `${Math.round(from * 100)}%`,
}))
