// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact';
import { App } from './app';
import { start } from './session';

void start();
render(<App />, document.getElementById('app')!);
