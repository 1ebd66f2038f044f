/** What cohorts may be, for whoever chooses them and whoever answers. */

export const PERIODS = ['day', 'week', 'month'] as const
export type Period = (typeof PERIODS)[number]
export const COHORT_STARTS = ['visit', 'registration', 'deposit'] as const
export type CohortStart = (typeof COHORT_STARTS)[number]
export const RETURNS = ['any', 'visit', 'deposit'] as const
export type Returns = (typeof RETURNS)[number]
