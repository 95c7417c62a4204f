/*
 * purchase.h
 *	  Buying until one day no more: the BG/NBD model.  Pure C.
 *
 * While a customer is alive, purchases come at a rate of its own, which is
 * gamma distributed (r, alpha) over the customers; after each purchase it may
 * leave for good, with a probability of its own, beta distributed (a, b).
 * Source: Fader, Hardie and Lee, "Counting your customers the easy way: an
 * alternative to the Pareto/NBD model", Marketing Science 24 (2005).
 * Invariant: the unit of time is that of the histories, nothing else has one.
 */
#ifndef SP_PURCHASE_H
#define SP_PURCHASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* what the model needs to know of a customer */
typedef struct PurchaseHistory
{
	int			repeats;		/* purchases after the first, not negative */
	double		recency;		/* from the first to the last; 0 without
								 * repeats */
	double		age;			/* from the first until now */
} PurchaseHistory;

/* so many customers with the same history */
typedef struct PurchaseCount
{
	PurchaseHistory history;
	int64_t		customers;
} PurchaseCount;

typedef enum PurchaseStatus
{
	PURCHASE_OK,
	PURCHASE_NO_REPEATS,		/* nobody bought twice */
	PURCHASE_AT_BOUND			/* a parameter ran to the end of its range:
								 * the data do not say where it lies */
} PurchaseStatus;

typedef struct PurchaseModel
{
	double		r;
	double		alpha;
	double		a;
	double		b;
	double		log_likelihood;
	PurchaseStatus status;
} PurchaseModel;

extern bool purchase_history_valid(const PurchaseHistory *history);
extern size_t purchase_compact(PurchaseCount *seen, size_t count);
extern void purchase_fit(const PurchaseCount *seen, size_t count, PurchaseModel *model);
extern double purchase_alive(const PurchaseModel *model,
							 const PurchaseHistory *history);
extern double purchase_expected(const PurchaseModel *model,
								const PurchaseHistory *history, double span);

#endif							/* SP_PURCHASE_H */
