/*
 * purchase_value.h
 *	  Histories and models of purchases as SQL values.
 */
#ifndef SP_PURCHASE_VALUE_H
#define SP_PURCHASE_VALUE_H

#include "base/base.h"

#include "stats/purchase.h"

extern Datum purchase_history_datum(const PurchaseHistory *history, FunctionCallInfo fcinfo);

#endif							/* SP_PURCHASE_VALUE_H */
