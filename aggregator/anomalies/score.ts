/**
 * How unlikely a count is. Pure.
 *
 * Counts of events are taken as negative binomial: Poisson around a rate that itself varies, with variance μ + φμ² (φ: the
 * dispersion). The score is Chernoff's bound on -ln of the tail's probability, which is half the negative binomial's unit deviance
 * (Chernoff 1952; McCullagh & Nelder, Generalized Linear Models, 1989). It is exact for a count of zero, where it is
 * ln(1 + φμ)/φ and so adds up minute by minute (Wald's sequential test of a stopped source), and modest elsewhere.
 */

/**
 * @param seen events counted
 * @param expected events expected, more than 0
 * @param dispersion φ, more than 0
 * @returns -ln of (a bound on) the probability of a count as far or farther on the same side; 0 when as expected
 */
export function scoreOf(seen: number, expected: number, dispersion: number): number {
  const shape = 1 / dispersion
  const ofCount = seen > 0 ? seen * Math.log(seen / expected) : 0
  return Math.max(0, ofCount + (seen + shape) * Math.log((expected + shape) / (seen + shape)))
}

/** False findings accepted in four weeks of a whole install, for each of totals and banners. */
const FALSE_FINDINGS = 0.01
/** How often a series is looked at in four weeks. */
const LOOKS = 28 * 24 * 60

/**
 * The score a finding needs, so that with every series looked at every minute chance makes fewer than one finding in four
 * years (Bonferroni's correction: the windows and minutes of one series overlap, so its looks are taken as one a minute).
 * @param series how many series of its kind (totals or banners) are watched
 */
export function thresholdFor(series: number): number {
  return Math.log((LOOKS * Math.max(1, series)) / FALSE_FINDINGS)
}
