#include "handover/steps.hpp"

#include "audit/audit.hpp"
#include "base/log.hpp"
#include "documents/indexing.hpp"
#include "documents/service.hpp"
#include "handover/giving.hpp"
#include "search/indexing.hpp"
#include "search/vocabulary.hpp"
#include "usage/counting.hpp"

namespace nassaq::handover {

std::size_t Steps::step(const std::stop_token& stop) {
    std::size_t finished = 0;
    for (const Handover& handover : database_.read(list_handovers)) {
        if (carry_out(handover, stop)) {
            ++finished;
        }
    }
    return finished;
}

bool Steps::carry_out(const Handover& handover, const std::stop_token& stop) {
    std::int64_t behind = 0;
    bool are_all = true;
    while (true) {
        const auto ids = database_.read(
            [&](db::Session& session) { return list_documents_of(session, handover.from_user_id, behind); });
        for (const std::int64_t doc_id : ids) {
            if (stop.stop_requested()) {
                return false;
            }
            are_all = hand_over(handover, doc_id) && are_all;
        }
        if (ids.empty()) {
            break;
        }
        behind = ids.back();
    }
    while (database_.transaction([&](db::Session& session) { return set_owner_in_trash(session, handover); }) > 0) {
    }
    if (are_all) {
        database_.transaction([&](db::Session& session) { remove_handover(session, handover.from_user_id); });
        log::info("what a user had was handed over", {{"from", handover.from_user_id}, {"to", handover.to_user_id}});
    }
    return are_all;
}

/// @return false when it is being processed, so that it has to be left for later.
bool Steps::hand_over(const Handover& handover, std::int64_t doc_id) {
    search::remove_most(database_, doc_id);
    const std::vector locks{documents::lock_of_document(doc_id),
                            search::lock_of_learning(database_.dialect(), handover.to_user_id)};
    bool is_given = false;
    const bool is_settled = database_.transaction([&](db::Session& session) {
        session.lock(locks);
        const auto document = documents::find_document(session, doc_id);
        if (!document || document->uploaded_by_user_id != handover.from_user_id) {
            return true;  // It has gone, or another node was here.
        }
        if (!documents::lock_unless_processing(session, doc_id)) {
            return false;
        }
        usage::add_unlimited(session, handover.to_user_id, give(session, *document, handover.to_user_id));
        is_given = true;
        return true;
    });
    if (is_given) {
        documents::index_text_now(database_, texts_, doc_id);
    }
    return is_settled;
}

}  // namespace nassaq::handover
