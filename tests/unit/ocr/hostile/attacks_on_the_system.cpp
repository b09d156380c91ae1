#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <initializer_list>

#include "attack.hpp"
#include "base/file.hpp"

namespace nassaq::ocr::hostile {

namespace {

/// Whether a call is there at all: what it says of wrong arguments comes after a filter.
bool reaches(long call, std::initializer_list<long> arguments = {}) {
    std::array<long, 6> all{};
    std::ranges::copy(arguments, all.begin());
    const long result = syscall(call, all[0], all[1], all[2], all[3], all[4], all[5]);
    return result >= 0 || (errno != EPERM && errno != ENOSYS && errno != EACCES);
}

bool can_make_socket(int family, int type) {
    return static_cast<bool>(UniqueFd(socket(family, type | SOCK_CLOEXEC, 0)));
}

bool can_reach_abstract_socket() {
    const UniqueFd own(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {'\0', 'n'}};
    return own && (connect(own.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
                   errno == ECONNREFUSED);
}

/// Standard input is a socket.
bool can_send_descriptors() {
    msghdr message{};
    return sendmsg(STDIN_FILENO, &message, MSG_NOSIGNAL) >= 0;
}

bool can_execute(const std::string& path) {
    std::string name = path;
    std::string option = "-c";
    std::string script = "exit 66";
    char* arguments[] = {name.data(), option.data(), script.data(), nullptr};
    char* environment[] = {nullptr};
    execve(path.c_str(), arguments, environment);
    return false;  // Where it could the test gets no answer.
}

bool can_execute_its_own_file(const Order& order) {
    const std::string path = order.folder + "/program";
    std::error_code ignored;
    UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0700));
    const std::string_view script = "#!/bin/sh\nexit 66\n";
    if (write(file.get(), script.data(), script.size()) < 0) return false;
    file.reset();
    return can_execute(path);
}

bool can_execute_from_memory() {
    const UniqueFd file(static_cast<int>(syscall(SYS_memfd_create, "program", 0)));
    return static_cast<bool>(file);
}

}  // namespace

std::vector<Attack> attacks_on_the_system(const Order& order) {
    constexpr long io_uring_register = 427;
    return {
        {"socket_internet", [] { return can_make_socket(AF_INET, SOCK_STREAM); }},
        {"socket_datagram", [] { return can_make_socket(AF_INET6, SOCK_DGRAM); }},
        {"socket_local", [] { return can_make_socket(AF_UNIX, SOCK_STREAM); }},
        {"socket_netlink", [] { return can_make_socket(AF_NETLINK, SOCK_RAW); }},
        {"socket_abstract", [] { return can_reach_abstract_socket(); }},
        {"socket_pair",
         [] {
             return reaches(SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0});
         }},
        {"send_descriptors", [] { return can_send_descriptors(); }},
        {"io_uring",
         [] {
             return reaches(SYS_io_uring_setup, {1, 0});
         }},
        {"io_uring_register", [] { return reaches(io_uring_register, {-1}); }},
        {"userfaultfd", [] { return reaches(SYS_userfaultfd, {0}); }},
        {"bpf",
         [] {
             return reaches(SYS_bpf, {-1, 0, 0});
         }},
        {"keyctl",
         [] {
             return reaches(SYS_keyctl, {0, -3, 0});
         }},
        {"add_key", [] { return reaches(SYS_add_key); }},
        {"performance_events", [] { return reaches(SYS_perf_event_open); }},
        {"shared_memory", [] { return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0; }},
        {"user_namespace", [] { return unshare(CLONE_NEWUSER) == 0; }},
        {"mount", [] { return mount("none", "/tmp", "tmpfs", 0, nullptr) == 0; }},
        {"chroot", [] { return chroot("/") == 0; }},
        {"pidfd_getfd",
         [] {
             return reaches(SYS_pidfd_getfd, {-1, 0, 0});
         }},
        {"kcmp",
         [] {
             return reaches(SYS_kcmp, {getppid(), getpid(), 0, 0, 0});
         }},
        {"personality", [] { return reaches(SYS_personality, {0xffffffff}); }},
        {"listener",
         [] {
             return reaches(SYS_seccomp, {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0});
         }},
        {"capabilities", [] { return syscall(SYS_capset, 0, 0) == 0; }},
        {"execute_from_memory", [] { return can_execute_from_memory(); }},
        {"execute_its_own_file", [=] { return can_execute_its_own_file(order); }},
        {"execute_a_shell", [] { return can_execute("/bin/sh"); }},
        {"execute_a_tool", [] { return can_execute("/usr/bin/pdftotext"); }},
    };
}

}  // namespace nassaq::ocr::hostile
