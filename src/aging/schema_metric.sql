-- ---- aging: a figure and what to think of it --------------------------------------

CREATE TYPE pulse.metric AS (value numeric, status text);
COMMENT ON TYPE pulse.metric IS
'A figure that can be meaningless, and its status. ok: it means what it says. short_history: what is known does not reach back far enough; the value is what is certain. zero_sales, no_receivable, nothing_due: the divisor is zero. negative: credits outweigh the debts somewhere. value is NULL where a division makes no sense, and is never rounded.';
