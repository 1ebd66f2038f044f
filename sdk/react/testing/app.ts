/** The application the React package is tried with, in a browser and on a server. */
import { createElement as h, StrictMode, useRef, useState } from 'react'
import { EventTracker, RtpxProvider, useTrackElement, useTracker } from '../index.ts'

function Page() {
  const [clicks, setClicks] = useState(0)
  const tracker = useTracker()
  const button = useRef<HTMLButtonElement>(null)
  const seen = useRef(tracker)
  useTrackElement(button, { click: { event_type: 'button_click', clicks }, hover: clicks === 0 })
  return h(
    'main',
    null,
    // Another element at every third click: the ref moves along.
    h(
      'button',
      {
        id: 'button',
        type: 'button',
        ref: button,
        key: Math.floor(clicks / 3),
        onClick: () => setClicks(clicks + 1),
      },
      clicks,
    ),
    h('p', { id: 'same' }, String(seen.current === tracker)),
    h('i', { id: 'own', onClick: () => tracker.emit('own', { banner_tag: 'mine' }) }, 'own'),
    h('a', { id: 'link', href: '#x' }, 'A link'),
    h(Leaving),
  )
}

function Leaving() {
  const [isThere, setThere] = useState(true)
  return h('u', { id: 'leave', onClick: () => setThere(false) }, isThere ? h(Tracked) : 'gone')
}

function Tracked() {
  const ref = useRef<HTMLElement>(null)
  useTrackElement(ref)
  return h('b', { id: 'tracked', ref }, 'leave')
}

export const app = (src: string, playerId: string) =>
  h(
    StrictMode,
    null,
    h(
      RtpxProvider,
      { src, site: 'shop', playerId, fields: { banner_tag: 'all' } },
      h(EventTracker, { hovers: false }),
      h(Page),
    ),
  )
