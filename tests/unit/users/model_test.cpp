#include "users/model.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>

#include "schema/read.hpp"
#include "schema/write.hpp"

namespace nassaq::users {
namespace {

template <class T>
std::string errors_of(std::string_view json, T& request) {
    schema::Errors errors("body");
    schema::read_value(boost::json::parse(json), request, {}, errors);
    return boost::json::serialize(errors.take());
}

TEST(UserResponse, IsWrittenInTheOrderOfTheContract) {
    const UserResponse user{.user_id = 7,
                            .full_name = "ليلى حداد",
                            .email = "layla@example.com",
                            .username = "layla",
                            .role = std::nullopt,
                            .is_active = false,
                            .created_at = Timestamp(std::chrono::seconds(1'714'555'800))};
    EXPECT_EQ(schema::to_json(user),
              R"({"user_id":7,"full_name":"ليلى حداد","email":"layla@example.com","username":"layla","role":null,)"
              R"("is_active":false,"created_at":"2024-05-01T09:30:00"})");
}

TEST(UpdateUser, TellsAnAbsentRoleFromNone) {
    UpdateUser absent;
    EXPECT_EQ(errors_of(R"({"full_name": "layla  haddad"})", absent), "[]");
    EXPECT_EQ(absent.full_name, "Layla Haddad");
    EXPECT_FALSE(absent.role_id.present);

    UpdateUser none;
    EXPECT_EQ(errors_of(R"({"role_id": null, "is_active": null})", none), "[]");
    EXPECT_TRUE(none.role_id.present);
    EXPECT_EQ(none.role_id.value, std::nullopt);
    EXPECT_EQ(none.is_active, std::nullopt);
}

TEST(UpdateMe, HoldsToTheRulesOfARegistration) {
    UpdateMe request;
    EXPECT_EQ(errors_of(R"({"full_name": "Ali", "username": "abcdefghijklmnopqrstu"})", request),
              R"([{"type":"string_too_short","loc":["body","full_name"],)"
              R"("msg":"String should have at least 6 characters","input":"Ali","ctx":{"min_length":6}},)"
              R"({"type":"string_too_long","loc":["body","username"],)"
              R"("msg":"String should have at most 20 characters","input":"abcdefghijklmnopqrstu",)"
              R"("ctx":{"max_length":20}}])");
}

TEST(UpdateMe, HidesNothingInAName) {
    UpdateMe request;
    EXPECT_EQ(errors_of(R"({"full_name": "\u202elayla\u200b haddad"})", request), "[]");
    EXPECT_EQ(request.full_name, "Layla Haddad");
    EXPECT_NE(errors_of(R"({"full_name": "lay\u009bla haddad"})", request), "[]");
    EXPECT_NE(errors_of(R"({"full_name": "\u200b\u200bLayla"})", request), "[]") << "five letters that show";
    EXPECT_NE(errors_of(R"({"username": "lay\u200dla"})", request), "[]");
    EXPECT_NE(errors_of(R"({"username": "lay\u0007la"})", request), "[]");
}

}  // namespace
}  // namespace nassaq::users
