#include "auth/generated_password.hpp"

#include "auth/model.hpp"
#include "base/id.hpp"

namespace nassaq::auth {

std::string generate_password() {
    constexpr std::size_t length = 20;
    for (;;) {
        std::string password = random_password(length);
        if (!check_password(password)) {
            return password;
        }
    }
}

}  // namespace nassaq::auth
