#include "ocr/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "base/last_error.hpp"

namespace nassaq::ocr {

namespace {

// Rights that are newer than the headers of Debian 12 (linux/landlock.h of Linux 6.15).
constexpr std::uint64_t truncate_file = 1U << 14U;
constexpr std::uint64_t control_device = 1U << 15U;
constexpr std::uint64_t bind_and_connect = 0b11;
constexpr std::uint64_t sockets_and_signals = 0b11;

/// landlock_ruleset_attr as it is since version 6. Older kernels take it where what they do not know is 0.
struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scoped = 0;
};

constexpr std::uint64_t read_file = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t write_file = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t read_below = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
/// No folders, links, pipes or devices: the folder stays flat and holds nothing that leads elsewhere. Nothing is
/// removed or renamed, so that it holds all that was written (Supervisor looks how much that is).
constexpr std::uint64_t use_folder = read_below | write_file | truncate_file | LANDLOCK_ACCESS_FS_MAKE_REG;
constexpr std::uint64_t run_program = LANDLOCK_ACCESS_FS_EXECUTE | read_file;
/// The kernel takes no others for what is no folder.
constexpr std::uint64_t rights_of_a_file =
    LANDLOCK_ACCESS_FS_EXECUTE | read_file | write_file | truncate_file | control_device;

/// Libraries, decoders that libheif loads, ICU, locales, time zones; Tesseract's models, poppler's character maps,
/// fonts, catdoc's character sets. All of it is of packages, and the same on every machine.
constexpr const char* readable_folders[] = {
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share",
    "/usr/local/share/fonts",
    "/etc/fonts",
    "/var/cache/fontconfig",
#ifdef NASSAQ_IS_SANITIZED
    // The sanitizers read the map of their own memory, and their symbols.
    "/proc",
#endif
};
constexpr const char* readable_files[] = {"/dev/urandom", "/etc/catdocrc", "/etc/ld.so.cache", "/etc/localtime",
                                          "/etc/magic"};
/// What the kernel starts for every program that is linked dynamically.
constexpr const char* loaders[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"};

std::uint64_t file_rights(int version) {
    constexpr std::uint64_t first = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;
    std::uint64_t rights = first;
    if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) rights |= truncate_file;
    if (version >= 5) rights |= control_device;
    return rights;
}

UniqueFd make_rules(std::uint64_t files, int version) {
    if (version <= 0) return {};
    const RulesetAttributes attributes{.files = files,
                                       .network = version >= 4 ? bind_and_connect : 0,
                                       .scoped = version >= 6 ? sockets_and_signals : 0};
    UniqueFd rules(
        static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, std::uint32_t{0})));
    if (!rules) throw_last_error("make", "the rules of files");
    return rules;
}

}  // namespace

int landlock_version() {
    const auto version = syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
    return std::clamp(static_cast<int>(version), 0, newest_landlock);
}

FileRules::FileRules(const FileAccess& access, int version)
    : handled_(file_rights(version)), rules_(make_rules(handled_, version)) {
    if (!rules_) return;
    for (const char* folder : readable_folders) allow(folder, read_below);
    for (const char* file : readable_files) allow(file, read_file);
    for (const char* loader : loaders) allow(loader, run_program);
    allow("/dev/null", read_file | write_file);
    allow(access.program, run_program);
    allow(access.folder, use_folder);
    if (!access.document.empty()) allow(access.document, read_file);
}

void FileRules::allow(const std::filesystem::path& path, std::uint64_t rights) {
    const UniqueFd file(open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!file) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) throw_last_error("make", "the rules of files");
        return;  // What is not there, or out of this user's reach, is out of the program's reach as well.
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) throw_last_error("make", "the rules of files");
    if (!S_ISDIR(status.st_mode)) rights &= rights_of_a_file;
    const landlock_path_beneath_attr rule{.allowed_access = rights & handled_, .parent_fd = file.get()};
    if (syscall(SYS_landlock_add_rule, rules_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, std::uint32_t{0}) != 0) {
        throw_last_error("make", "the rules of files");
    }
}

bool FileRules::enforce() const noexcept {
    return !rules_ || syscall(SYS_landlock_restrict_self, rules_.get(), std::uint32_t{0}) == 0;
}

}  // namespace nassaq::ocr
