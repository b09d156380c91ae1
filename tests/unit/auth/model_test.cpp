#include "auth/model.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/read.hpp"

namespace nassaq::auth {
namespace {

std::string repeat(std::string_view text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) {
        result += text;
    }
    return result;
}

std::string errors_of(std::string_view json, RegisterRequest& request) {
    schema::Errors errors("body");
    schema::read_value(boost::json::parse(json), request, {}, errors);
    return boost::json::serialize(errors.take());
}

TEST(CheckPassword, AcceptsADigitAndASpecialCharacterOfAnyScript) {
    const std::vector<std::string> passwords{
        "correct-horse-9",      "1!",         "12345678 ",  "كلمة-السر-٩",
        "كلمة السر ٣",          "pässwörd_0", "１２３４！", repeat("a", 70) + "1!",
        repeat("ن", 35) + "1-",
    };
    for (std::string password : passwords) {
        const std::string before = password;
        EXPECT_EQ(check_password(password), std::nullopt) << before;
        EXPECT_EQ(password, before);
    }
}

TEST(CheckPassword, SaysWhatIsMissing) {
    struct Case {
        std::string password;
        std::string_view fault;
    };
    const std::vector<Case> cases{
        {"", "Password must contain at least one digit"},
        {"no-digit!", "Password must contain at least one digit"},
        {"كلمة-السر", "Password must contain at least one digit"},
        {"n0special", "Password must contain at least one special character"},
        {"كلمةالسر٩", "Password must contain at least one special character"},
        {"12345678", "Password must contain at least one special character"},
        {repeat("a", 71) + "1!", "Password must be at most 72 bytes long"},
        {repeat("ن", 36) + "1", "Password must be at most 72 bytes long"},
        {std::string("ab\0cd-123", 9), "Password must not contain a NUL character"},
    };
    for (const Case& c : cases) {
        std::string password = c.password;
        EXPECT_EQ(check_password(password), c.fault) << c.password;
    }
}

TEST(RegisterRequest, IsPutInOrder) {
    RegisterRequest request;
    EXPECT_EQ(errors_of(R"({"full_name": "  lAYLA   haddad ", "email": "Layla@Example.COM",
                            "password": "correct-horse-9"})",
                        request),
              "[]");
    EXPECT_EQ(request.full_name, "Layla Haddad");
    EXPECT_EQ(request.email, "Layla@example.com");
    EXPECT_EQ(request.username, std::nullopt);
}

TEST(RegisterRequest, NamesAllThatIsWrongAndNoPassword) {
    RegisterRequest request;
    const std::string errors = errors_of(
        R"({"full_name": "Ali", "email": "layla", "username": "ab", "password": "s3cr3tpass", "role_id": 99})",
        request);
    EXPECT_EQ(
        errors,
        R"([{"type":"string_too_short","loc":["body","full_name"],)"
        R"("msg":"String should have at least 6 characters","input":"Ali","ctx":{"min_length":6}},)"
        R"({"type":"value_error","loc":["body","email"],"msg":"value is not a valid email address: )"
        R"(An email address must have an @-sign.","input":"layla",)"
        R"("ctx":{"reason":"An email address must have an @-sign."}},)"
        R"({"type":"string_too_short","loc":["body","username"],)"
        R"("msg":"String should have at least 3 characters","input":"ab","ctx":{"min_length":3}},)"
        R"({"type":"value_error","loc":["body","password"],)"
        R"("msg":"Value error, Password must contain at least one special character","input":"**********",)"
        R"("ctx":{"error":{}}},)"
        R"({"type":"extra_forbidden","loc":["body","role_id"],"msg":"Extra inputs are not permitted","input":99}])");
}

TEST(RegisterRequest, CountsThePasswordInCharactersBeforeBytes) {
    RegisterRequest request;
    const auto with_password = [&](const std::string& password) {
        return errors_of(
            R"({"full_name": "Layla Haddad", "email": "layla@example.com", "password": ")" + password + "\"}", request);
    };
    EXPECT_EQ(with_password(repeat("a", 62) + "1!"), "[]");
    EXPECT_NE(with_password(repeat("a", 63) + "1!").find("string_too_long"), std::string::npos);
    EXPECT_NE(with_password("abc-12").find("string_too_short"), std::string::npos);
    EXPECT_NE(with_password(repeat("ن", 62) + "1!").find("at most 72 bytes long"), std::string::npos);
}

TEST(LoginForm, IsThatOfOAuth2sPasswordFlow) {
    const auto errors_of_form = [](const schema::TextFields& fields) {
        LoginForm form;
        schema::Errors errors("body");
        schema::read_fields(fields, schema::Empty::is_absent, form, errors);
        return boost::json::serialize(errors.take());
    };
    EXPECT_EQ(errors_of_form({{"username", "a@b.c"}, {"password", "x"}}), "[]");
    EXPECT_EQ(errors_of_form({{"username", "a@b.c"},
                              {"password", "x"},
                              {"grant_type", "password"},
                              {"scope", "a b"},
                              {"client_id", "c"},
                              {"client_secret", "s"},
                              {"anything", "else"}}),
              "[]");
    EXPECT_EQ(errors_of_form({{"username", ""}, {"grant_type", "implicit"}}),
              R"([{"type":"string_pattern_mismatch","loc":["body","grant_type"],)"
              R"("msg":"String should match pattern '^password$'","input":"implicit","ctx":{"pattern":"^password$"}},)"
              R"({"type":"missing","loc":["body","username"],"msg":"Field required","input":null},)"
              R"({"type":"missing","loc":["body","password"],"msg":"Field required","input":null}])");
}

}  // namespace
}  // namespace nassaq::auth
