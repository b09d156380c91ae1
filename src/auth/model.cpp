#include "auth/model.hpp"

#include "base/text.hpp"
#include "security/password.hpp"

namespace nassaq::auth {

std::optional<std::string> check_password(std::string& password) {
    if (password.size() > security::max_password_bytes) {
        return "Password must be at most 72 bytes long";
    }
    if (!text::has_digit(password)) {
        return "Password must contain at least one digit";
    }
    if (!text::has_special_character(password)) {
        return "Password must contain at least one special character";
    }
    if (password.find('\0') != std::string::npos) {
        return "Password must not contain a NUL character";
    }
    return std::nullopt;
}

}  // namespace nassaq::auth
