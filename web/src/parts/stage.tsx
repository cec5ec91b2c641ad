// SPDX-License-Identifier: Apache-2.0
// The small stage track of a deal in a list: reads what is proven and claimed when it comes into sight.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useData } from '../data';
import type { Id, StageAnswer } from '../types';
import { Dots, MiniTrack, rowOf } from './marks';

export function useSeen(): [{ current: HTMLElement | null }, boolean] {
  const ref = useRef<HTMLElement>(null);
  const [seen, set] = useState(false);
  useEffect(() => {
    if (!ref.current || seen) return undefined;
    const o = new IntersectionObserver((list) => list.some((e) => e.isIntersecting) && set(true));
    o.observe(ref.current);
    return () => o.disconnect();
  }, [seen]);
  return [ref, seen];
}

export function StageMini({ deal, proven, wide }: { deal: Id; proven?: string; wide?: boolean }) {
  const [ref, seen] = useSeen();
  const r = useData<StageAnswer>(seen ? `/deals/${deal}/stage` : null);
  return (
    <span ref={ref as never} class="nowrap">
      <MiniTrack rows={r.data?.result.stages} proven={r.data?.result.proven ?? proven} wide={wide} />
    </span>
  );
}

/** The evidence dots of the stage a deal is in. */
export function StageDots({ deal, stage }: { deal: Id; stage: string }) {
  const [ref, seen] = useSeen();
  const r = useData<StageAnswer>(seen ? `/deals/${deal}/stage` : null);
  return (
    <span ref={ref as never}>
      <Dots markers={rowOf(r.data?.result.stages, stage)?.markers ?? []} />
    </span>
  );
}
