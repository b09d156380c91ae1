#include "documents/service.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace nassaq::documents {
namespace {

/// Whom an entry lets read the document of id 3.
api::Caller caller(std::int64_t user_id, std::int64_t role_id = 1) {
    api::Caller caller;
    caller.user_id = user_id;
    caller.role_id = role_id;
    access::Entry entry;
    entry.doc_id = 3;
    entry.action = access::Action::document_read;
    entry.is_allowed = true;
    entry.is_persons = true;
    caller.rights =
        std::make_shared<access::Rights>(caller.person(), access::ActionSet::all(), std::vector{std::move(entry)});
    return caller;
}

TEST(WhoMayDelete, IsTheOwnerAndAnAdministrator) {
    StoredDocument document;
    document.doc_id = 3;
    document.uploaded_by_user_id = 7;
    document.full_path = "/";
    const auto require_may_delete = [&](const api::Caller& who) {
        return require_may(access::Action::document_delete, document, who);
    };
    EXPECT_TRUE(require_may_delete(caller(7)));
    EXPECT_TRUE(require_may_delete(caller(8, 99)));
    const auto refused = require_may_delete(caller(8));
    ASSERT_FALSE(refused) << "who only sees it";
    EXPECT_EQ(api::status_of(refused.error().code), 403);
    EXPECT_EQ(refused.error().detail.as_string(), "You do not have permission to delete this document.");
}

}  // namespace
}  // namespace nassaq::documents
