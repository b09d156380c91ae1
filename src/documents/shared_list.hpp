#pragma once

#include <string_view>

#include "access/reach.hpp"
#include "db/session.hpp"
#include "documents/list.hpp"

/// Lists of what others share, from the documents of audiences (Audience_Documents), each of which has them in the order
/// of the list: docs/decisions/0101-audiences.md.
namespace nassaq::documents {

/// Whether the list can be had from there: it is about all that somebody may read, and the database has the audiences
/// that they may read as they are now.
bool is_of_audiences(db::Session& session, const Filter& filter);

/// How many documents such a list has, as an expression.
/// @param newest  the condition that `s` is the newest row of its stage; empty where no status is asked for
access::ReadableCondition count_in_audiences(const Filter& filter, db::Dialect dialect, std::string_view newest);

/// The ids of a page of such a list, as a query of `doc_id`.
/// @param own  `FROM` and the tables `d` and, where a status is asked for, `s`, to go through one's own documents by
access::ReadableCondition page_of_audiences(const Filter& filter, db::Dialect dialect, std::string_view newest,
                                            std::string_view own, db::Paging page);

}  // namespace nassaq::documents
