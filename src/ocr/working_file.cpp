#include "ocr/working_file.hpp"

#include <fcntl.h>

#include <system_error>

#include "base/file.hpp"
#include "base/last_error.hpp"

namespace nassaq::ocr::working_file {

void write(const std::filesystem::path& file, std::string_view content) {
    const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) throw_last_error("open", file.string());
    nassaq::file::write_all(fd.get(), content, file);
}

void empty(const std::filesystem::path& file) {
    static_cast<void>(UniqueFd(open(file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)));
}

bool holds_something(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    return !error && size > 0;
}

}  // namespace nassaq::ocr::working_file
