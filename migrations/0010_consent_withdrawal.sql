-- SPDX-License-Identifier: Apache-2.0
-- What the customer said when he took his consent back.
ALTER TABLE consent ADD COLUMN withdrawn_words text;
