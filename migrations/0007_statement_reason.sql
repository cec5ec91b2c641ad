-- SPDX-License-Identifier: Apache-2.0
-- Why a statement was made: a reversal says its reason.
ALTER TABLE statement ADD COLUMN reason text;
