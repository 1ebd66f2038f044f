/** The edge's rules, in this process, as a replay asks them. */
import type { JudgeAgain } from '@rtpx/clickhouse/replay/replay'
import type { Judge } from '@rtpx/edge/intake/read-event'
import { Refusal } from '@rtpx/edge/intake/refusal'
import { judgeAgain } from '@rtpx/edge/rejections/judge-again'

export const judgingBy =
  (judge: Judge): JudgeAgain =>
  async (rows) =>
    rows.map((row) => {
      const verdict = judgeAgain(row, judge)
      if (verdict === 'incomplete') return {}
      return verdict instanceof Refusal ? { refused: verdict } : { event: verdict.event }
    })
