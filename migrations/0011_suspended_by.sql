-- SPDX-License-Identifier: Apache-2.0
-- Which side paused an agreement: only that side goes on with it.
ALTER TABLE agreement ADD COLUMN suspended_by int64;
