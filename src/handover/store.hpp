#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "db/session.hpp"
#include "usage/usage.hpp"

/// The SQL of hand-overs.
namespace nassaq::handover {

/// All that somebody has is to go to somebody else. A row of Handovers, which is there until it has.
struct Handover {
    std::int64_t from_user_id = 0;
    std::int64_t to_user_id = 0;
};
BOOST_DESCRIBE_STRUCT(Handover, (), (from_user_id, to_user_id))

std::optional<Handover> find_handover(db::Session& session, std::int64_t from_user_id);
/// The one that has waited longest comes first.
std::vector<Handover> list_handovers(db::Session& session);
void insert_handover(db::Session& transaction, const Handover& handover, std::int64_t requested_by_user_id,
                     Timestamp requested_at);
void remove_handover(db::Session& transaction, std::int64_t from_user_id);

/// What somebody has, trash and former versions apart, is so much.
usage::Addition size_of_all(db::Session& session, std::int64_t user_id);
/// The same of one document, with its former versions.
usage::Addition size_of(db::Session& session, std::int64_t doc_id);
/// In the order of their ids, after `behind`, some at most.
std::vector<std::int64_t> list_documents_of(db::Session& session, std::int64_t user_id, std::int64_t behind);

/// Changes the rows that say whose it is, but for its words.
void set_owner(db::Session& transaction, std::int64_t doc_id, std::int64_t user_id);
/// The same for some of somebody's in the trash. @return how many.
std::int64_t set_owner_in_trash(db::Session& transaction, const Handover& handover);
/// What was said to somebody alone about documents and paths, and the groups that they are in.
void remove_rights_of(db::Session& transaction, std::int64_t user_id);

}  // namespace nassaq::handover
