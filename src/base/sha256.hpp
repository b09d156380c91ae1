#pragma once

#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace nassaq {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces, as it is stored and shown.
class Sha256 {
public:
    void update(std::string_view bytes) { running_.update(bytes); }
    /// Lower-case hexadecimal. The object cannot be used after it.
    std::string finish();

private:
    digest::Running running_;
};

}  // namespace nassaq
