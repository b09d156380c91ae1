#include "documents/service.hpp"

#include <gtest/gtest.h>

namespace nassaq::documents {
namespace {

api::Caller caller(std::int64_t user_id, std::optional<std::int64_t> role_id = 1) {
    api::Caller caller;
    caller.user_id = user_id;
    caller.role_id = role_id;
    return caller;
}

TEST(WhoMayDelete, IsTheOwnerAndAnAdministrator) {
    StoredDocument document;
    document.uploaded_by_user_id = 7;
    EXPECT_TRUE(require_may_delete(document, caller(7)));
    EXPECT_TRUE(require_may_delete(document, caller(8, 99)));
    const auto refused = require_may_delete(document, caller(8));
    ASSERT_FALSE(refused) << "who only sees it";
    EXPECT_EQ(api::status_of(refused.error().code), 403);
    EXPECT_EQ(refused.error().detail.as_string(), "You do not have permission to delete this document.");
}

}  // namespace
}  // namespace nassaq::documents
