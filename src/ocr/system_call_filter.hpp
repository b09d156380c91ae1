#pragma once

#include <linux/filter.h>

#include <vector>

namespace nassaq::ocr {

/// The system calls that a process over foreign bytes may make: files, memory and threads of its own. There is no
/// network in it, no further process, no change of a file by its name but making it (FileRules has that), nor anything
/// else that reaches beyond the process: what is not allowed fails with EPERM (seccomp(2)).
class SystemCallFilter {
public:
    /// Made once, and then kept. @throws std::system_error when the filter cannot be made.
    static const SystemCallFilter& instance();

    /// For the calling thread, which must have no_new_privs; async-signal-safe. @return false with errno. Signals may
    /// then be sent by the calling process to itself only.
    [[nodiscard]] bool install() noexcept;

private:
    SystemCallFilter();

    std::vector<sock_filter> program_;
};

}  // namespace nassaq::ocr
