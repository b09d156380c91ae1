#include "ocr/system_call_filter.hpp"

#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "base/file.hpp"

namespace nassaq::ocr {

namespace {

/// Names that an architecture does not have are passed over.
constexpr const char* allowed_calls[] = {
    // Files
    "access", "chdir", "chmod", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3", "faccessat",
    "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod", "fchmodat", "fcntl", "fdatasync", "flock", "fstat",
    "fstatfs", "fsync", "ftruncate", "getcwd", "getdents", "getdents64", "ioctl", "lseek", "lstat", "mkdir", "mkdirat",
    "newfstatat", "open", "openat", "openat2", "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev",
    "pwritev2", "read", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir", "sendfile",
    "stat", "statfs", "statx", "truncate", "umask", "unlink", "unlinkat", "utime", "utimensat", "utimes", "write",
    "writev",
    // Waiting
    "clock_getres", "clock_gettime", "clock_nanosleep", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait",
    "eventfd2", "futex", "futex_waitv", "gettimeofday", "nanosleep", "pause", "poll", "ppoll", "pselect6",
    "restart_syscall", "select", "time", "times",
    // Memory
    "brk", "madvise", "membarrier", "memfd_create", "mincore", "mmap", "mprotect", "mremap", "msync", "munmap",
    // Processes, threads, signals
    "alarm", "arch_prctl", "execve", "exit", "exit_group", "fork", "get_robust_list", "getcpu", "getitimer", "getpgid",
    "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getrlimit", "getrusage", "getsid", "gettid", "kill",
    "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
    "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_get_priority_max", "sched_get_priority_min",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_setaffinity", "sched_yield", "seccomp",
    "set_robust_list", "set_tid_address", "setitimer", "setpgid", "setpriority", "setrlimit", "setsid", "sigaltstack",
    "sysinfo", "tgkill", "tkill", "uname", "vfork", "wait4", "waitid",
    // Who the process is
    "getegid", "geteuid", "getgid", "getgroups", "getresgid", "getresuid", "getuid"};

struct Releaser {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using FilterPtr = std::unique_ptr<void, Releaser>;

/// libseccomp gives errors as negative numbers of errno.
void require(int result) {
    if (result < 0) throw std::system_error(-result, std::system_category(), "the filter of system calls");
}

FilterPtr describe() {
    FilterPtr filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (!filter) throw std::system_error(ENOMEM, std::system_category(), "the filter of system calls");
    for (const char* name : allowed_calls) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number >= 0) require(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0));
    }
    // Threads and children, but no namespaces. The flags of clone3 are out of a filter's reach: without it the C
    // library falls back on clone.
    constexpr scmp_datum_t namespaces =
        CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS;
    const scmp_arg_cmp without_namespaces{.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = namespaces, .datum_b = 0};
    require(seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &without_namespaces));
    require(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
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

bool SystemCallFilter::install() const noexcept {
    // The kernel only reads it.
    const sock_fprog program{.len = static_cast<unsigned short>(program_.size()),
                             .filter = const_cast<sock_filter*>(program_.data())};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace nassaq::ocr
