#include "auth/username.hpp"

#include "base/text.hpp"
#include "users/store.hpp"

namespace nassaq::auth {
namespace {

constexpr std::size_t max_username_length = 20;

}  // namespace

std::string username_from_email(std::string_view email) {
    const std::size_t at = email.rfind('@');
    const std::string_view domain = email.substr(at + 1);
    std::string username{email.substr(0, at)};
    username.append("_").append(domain.substr(0, domain.find('.')));
    return std::string(text::first_code_points(username, max_username_length));
}

std::string free_username(db::Session& session, const std::string& wanted) {
    std::string candidate = wanted;
    for (int number = 1; users::is_username_taken(session, candidate); ++number) {
        const std::string suffix = std::to_string(number);
        candidate = std::string(text::first_code_points(wanted, max_username_length - suffix.size())) + suffix;
    }
    return candidate;
}

}  // namespace nassaq::auth
