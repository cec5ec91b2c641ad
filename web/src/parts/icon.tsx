// SPDX-License-Identifier: Apache-2.0
// Lucide icons, drawn from their node lists: only those named here are in the bundle.
import { h } from 'preact';
import {
  ArrowDownLeft, ArrowLeftRight, ArrowRight, ArrowUp, ArrowUpRight, Ban, Bell, Building2, Calendar, CalendarCheck, ChartNoAxesColumn, Check, ChevronDown,
  ChevronLeft, ChevronRight, ChevronsUpDown, Circle, CircleAlert, CircleCheck, CircleDot, CircleHelp, CircleX, ClockAlert, CloudOff, Copy, CornerDownLeft,
  Download, Ear, Ellipsis, Equal, Eye, FileText, Flag, Funnel, GitCompareArrows, Globe, Hand, Handshake, History, Hourglass, Info, KeyRound, Languages,
  Lightbulb, List, ListChecks, Lock, LogOut, MapPin, MessageSquare, MessageSquareQuote, Monitor, Moon, OctagonX, Package, Paperclip, Pause, Pencil, Phone,
  Plus, Printer, RefreshCw, Reply, Scale, ScrollText, Search, Send, Settings, Shield, ShieldCheck, SlidersHorizontal, SquareKanban, Star, Sun, Table2,
  Target, Timer, TimerOff, Trash2, TriangleAlert, Undo2, Upload, UserCheck, UserPlus, Users, Wrench, X,
} from 'lucide';

const icons = {
  ArrowDownLeft, ArrowLeftRight, ArrowRight, ArrowUp, ArrowUpRight, Ban, Bell, Building2, Calendar, CalendarCheck, ChartNoAxesColumn, Check, ChevronDown,
  ChevronLeft, ChevronRight, ChevronsUpDown, Circle, CircleAlert, CircleCheck, CircleDot, CircleHelp, CircleX, ClockAlert, CloudOff, Copy, CornerDownLeft,
  Download, Ear, Ellipsis, Equal, Eye, FileText, Flag, Funnel, GitCompareArrows, Globe, Hand, Handshake, History, Hourglass, Info, KeyRound, Languages,
  Lightbulb, List, ListChecks, Lock, LogOut, MapPin, MessageSquare, MessageSquareQuote, Monitor, Moon, OctagonX, Package, Paperclip, Pause, Pencil, Phone,
  Plus, Printer, RefreshCw, Reply, Scale, ScrollText, Search, Send, Settings, Shield, ShieldCheck, SlidersHorizontal, SquareKanban, Star, Sun, Table2,
  Target, Timer, TimerOff, Trash2, TriangleAlert, Undo2, Upload, UserCheck, UserPlus, Users, Wrench, X,
};
export type IconName = keyof typeof icons;

export function Icon({ name, size = 16, label, class: cls }: { name: IconName; size?: number; label?: string; class?: string }) {
  return (
    <svg
      class={`icon ${cls ?? ''}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width={1.75}
      stroke-linecap="round"
      stroke-linejoin="round"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : 'true'}
    >
      {icons[name].map(([tag, attrs], i) => h(tag, { key: i, ...attrs }))}
    </svg>
  );
}

export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" aria-hidden="true">
      <circle cx="8.5" cy="12" r="6.4" />
      <circle cx="15.5" cy="12" r="6.4" />
      <path d="M12 6.7a6.4 6.4 0 0 1 0 10.6a6.4 6.4 0 0 1 0-10.6z" fill="currentColor" stroke="none" />
    </svg>
  );
}
