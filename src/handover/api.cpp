#include "handover/api.hpp"

#include "handover/model.hpp"
#include "handover/service.hpp"

namespace nassaq::handover {
namespace {

using api::Body;
using api::Caller;
using api::Level;
using api::Path;
using api::Result;

Result<documents::DocumentDetails> patch_owner(Services& services, const Caller& caller, Path<"doc_id"> doc_id,
                                               Body<HandOver> body) {
    return hand_over_document(services, caller, doc_id, body->user_id);
}

Result<HandOverState> post_handover(Services& services, const Caller& admin, Path<"user_id"> user_id,
                                    Body<HandOver> body) {
    return hand_over_everything(services, admin, user_id, body->user_id);
}

Result<HandOverState> get_handover(Services& services, Path<"user_id"> user_id) {
    return read_handover(services, user_id);
}

constexpr api::DocumentedProblem no_user{RefusalCode::user_not_found, "User not found"};
constexpr api::DocumentedProblem no_successor{RefusalCode::successor_invalid,
                                              "User 8 is not active, and can be given no documents."};
constexpr api::DocumentedProblem no_room{RefusalCode::quota_bytes,
                                         "Storage quota exceeded: 12 of 1073741824 bytes are left."};
constexpr api::DocumentedProblem no_place{RefusalCode::quota_documents,
                                          "Document quota exceeded: 0 of 100 documents are left."};

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, patch_owner>(
        "PATCH", "/docs/{doc_id}/owner", Level::active_user,
        {.summary = "Hand a document over to somebody else",
         .description = "Its owner may, and an administrator. What is said at the document, or at its path, stays: who "
                        "hands it over may do with it afterwards what they may without owning it.",
         .problems = {no_user,
                      no_successor,
                      {RefusalCode::document_not_found, "Document with id 7 not found."},
                      {RefusalCode::document_forbidden, "You do not have permission to change this document."},
                      {RefusalCode::document_busy, "Cannot hand over document while it is 'Processing'."},
                      no_room,
                      no_place}}),
    api::route<Services, post_handover>(
        "POST", "/users/{user_id}/handover", Level::admin,
        {.status = 202,
         .summary = "Hand over all that somebody has",
         .description = "Their documents, those in the trash too, go to the other by and by; what was said to them "
                        "alone about documents and paths goes, and so they leave their groups. Then the account can be "
                        "deleted.",
         .problems = {no_user,
                      no_successor,
                      no_room,
                      no_place,
                      {RefusalCode::handover_under_way, "What this user has is being handed over to user 9."}}}),
    api::route<Services, get_handover>(
        "GET", "/users/{user_id}/handover", Level::admin,
        {.summary = "How far a hand-over is",
         .problems = {{RefusalCode::handover_not_found, "Nothing of this user is being handed over."}}}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"handover", table};
}

}  // namespace nassaq::handover
