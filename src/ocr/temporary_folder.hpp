#pragma once

#include <expected>
#include <filesystem>
#include <system_error>

#include "base/file.hpp"

namespace nassaq::ocr {

/// A private folder (mode 0700) that is removed with all it holds when this object goes.
///
/// While it lives it is locked (flock(2)). The kernel drops that lock when the process dies in whatever way, which is
/// how remove_abandoned_folders() knows what nobody uses any more.
class TemporaryFolder {
public:
    /// Makes `parent` too when it is missing.
    static std::expected<TemporaryFolder, std::error_code> create(const std::filesystem::path& parent);

    TemporaryFolder(TemporaryFolder&& other) noexcept;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    TemporaryFolder(std::filesystem::path path, UniqueFd lock);

    std::filesystem::path path_;
    UniqueFd lock_;
};

}  // namespace nassaq::ocr
