#include "ocr/system_call_filter.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>

#include "base/file.hpp"

namespace nassaq::ocr {

namespace {

/// Names that an architecture does not have are passed over. Not here, because Landlock does not restrict them in every
/// kernel, or not at all, and no decoder needs them: truncate, chmod, fchmod, chown, utime and what is like them (of a
/// file that may only be read, too), folders, locks. Nor is what starts a process: the server starts the tools. Nor
/// what takes room on the disk that the server does not see when it looks at the folder, which a file does that has
/// lost its name (unlink, rename), or at once (fallocate).
constexpr const char* allowed_calls[] = {
    // Files
    "access", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3", "faccessat", "faccessat2",
    "fadvise64", "fdatasync", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents", "getdents64", "lseek",
    "lstat", "newfstatat", "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read",
    "readlink", "readlinkat", "readv", "sendfile", "stat", "statfs", "statx", "umask", "write", "writev",
    // Waiting
    "clock_getres", "clock_gettime", "clock_nanosleep", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait",
    "eventfd2", "futex", "futex_waitv", "gettimeofday", "nanosleep", "pause", "poll", "ppoll", "pselect6",
    "restart_syscall", "select", "time", "times",
    // Memory
    "brk", "madvise", "membarrier", "mincore", "mmap", "mprotect", "mremap", "msync", "munmap",
    // Threads and signals
    "alarm", "arch_prctl", "execve", "exit", "exit_group", "get_robust_list", "getcpu", "getitimer", "getpgid",
    "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getrlimit", "getrusage", "getsid", "gettid", "rseq",
    "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
    "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_yield", "set_robust_list", "set_tid_address", "setitimer", "setrlimit", "sigaltstack", "sysinfo", "uname",
    // Who the process is
    "getegid", "geteuid", "getgid", "getgroups", "getresgid", "getresuid", "getuid"};

/// Stands in the filter for the process that will be under it, whose number is known after the fork only.
constexpr std::uint32_t own_process = 0x7E57'0A1D;

struct Releaser {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using FilterPtr = std::unique_ptr<void, Releaser>;

/// libseccomp gives errors as negative numbers of errno.
void require(int result) {
    if (result < 0) throw std::system_error(-result, std::system_category(), "the filter of system calls");
}

void allow_where(const FilterPtr& filter, int call, const scmp_arg_cmp& condition) {
    require(seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 1, &condition));
}

/// What reaches other processes of the same user, the server among them, is for the process itself only.
void allow_on_itself(const FilterPtr& filter) {
    allow_where(filter, SCMP_SYS(prlimit64), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = 0, .datum_b = 0});
    // raise() and abort(). There is no kill().
    allow_where(filter, SCMP_SYS(tgkill), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = own_process, .datum_b = 0});
    // Names of threads and of memory. Not what would keep it alive when the server dies (PR_SET_PDEATHSIG), or unseen.
    for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA}) {
        allow_where(filter, SCMP_SYS(prctl),
                    {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = static_cast<scmp_datum_t>(option), .datum_b = 0});
    }
}

/// Opens for reading or for writing, but not so that a file which may only be read is emptied (O_TRUNC without a right
/// to write), not so that Landlock takes it for neither (the access mode 3), and no file without a name (O_TMPFILE).
void allow_to_open(const FilterPtr& filter, int call, unsigned flags) {
    if (call < 0) return;  // An architecture without it.
    constexpr scmp_datum_t reading_mask = O_ACCMODE | O_TRUNC;
    allow_where(filter, call, {.arg = flags, .op = SCMP_CMP_MASKED_EQ, .datum_a = reading_mask, .datum_b = O_RDONLY});
    constexpr scmp_datum_t writing_mask = O_ACCMODE | (O_TMPFILE & ~O_DIRECTORY);
    for (const int mode : {O_WRONLY, O_RDWR}) {
        allow_where(filter, call,
                    {.arg = flags,
                     .op = SCMP_CMP_MASKED_EQ,
                     .datum_a = writing_mask,
                     .datum_b = static_cast<scmp_datum_t>(mode)});
    }
}

/// Of what is done with descriptors only what concerns the process itself: not F_SETOWN and F_SETSIG, by which the
/// kernel would send signals, no leases and locks, and no attributes of files.
void allow_on_descriptors(const FilterPtr& filter) {
    for (const int command : {F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC}) {
        allow_where(filter, SCMP_SYS(fcntl),
                    {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = static_cast<scmp_datum_t>(command), .datum_b = 0});
    }
    for (const int request : {TCGETS, FIONREAD, FIOCLEX, FIONCLEX}) {
        allow_where(filter, SCMP_SYS(ioctl),
                    {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = static_cast<scmp_datum_t>(request), .datum_b = 0});
    }
    allow_to_open(filter, SCMP_SYS(open), 1);
    allow_to_open(filter, SCMP_SYS(openat), 2);
}

/// Threads, but neither processes nor namespaces. The flags of clone3 are out of a filter's reach: without it the C
/// library falls back on clone.
void allow_threads(const FilterPtr& filter) {
    constexpr scmp_datum_t looked_at = CLONE_THREAD | CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS |
                                       CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS;
    allow_where(filter, SCMP_SYS(clone),
                {.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = looked_at, .datum_b = CLONE_THREAD});
    require(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
}

FilterPtr describe() {
    FilterPtr filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (!filter) throw std::system_error(ENOMEM, std::system_category(), "the filter of system calls");
    for (const char* name : allowed_calls) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number >= 0) require(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0));
    }
    allow_on_itself(filter);
    allow_on_descriptors(filter);
    allow_threads(filter);
    return filter;
}

}  // namespace

SystemCallFilter::SystemCallFilter() {
    const FilterPtr filter = describe();
    const UniqueFd file(memfd_create("filter", MFD_CLOEXEC));
    require(file ? seccomp_export_bpf(filter.get(), file.get()) : -errno);
    const off_t size = lseek(file.get(), 0, SEEK_END);
    require(size < 0 ? -errno : 0);
    program_.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
    file::read_exactly(file.get(), 0, {reinterpret_cast<char*>(program_.data()), static_cast<std::size_t>(size)});
}

const SystemCallFilter& SystemCallFilter::instance() {
    static const SystemCallFilter filter;
    return filter;
}

bool SystemCallFilter::install() noexcept {
    for (sock_filter& instruction : program_) {
        if (BPF_CLASS(instruction.code) == BPF_JMP && instruction.k == own_process) {
            instruction.k = static_cast<std::uint32_t>(getpid());
        }
    }
    const sock_fprog program{.len = static_cast<unsigned short>(program_.size()), .filter = program_.data()};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace nassaq::ocr
