/**
 * `rtpx-forms.js`: a form that is submitted counts as `form_submit`, with the form's id or name as `form` and where it goes
 * as `action`, without the query. What stands in its fields is never read.
 *
 * - Also where the page handles the event itself; not when a script calls `form.submit()`, which fires none.
 */
import { guard } from '../tracker/safe.ts'
import { startModule } from './module.ts'

startModule('forms', (emit) => {
  addEventListener(
    'submit',
    guard(({ target }: Event) => {
      // A field called `id`, `action` or `getAttribute` stands in the way of the form's own.
      const attribute = (name: string) => Element.prototype.getAttribute.call(target, name)
      const { host, pathname } = new URL(attribute('action') || '', location.href)
      emit('form_submit', {
        form: attribute('id') || attribute('name') || undefined,
        action: (host === location.host ? '' : host) + pathname,
      })
    }),
    true,
  )
})
