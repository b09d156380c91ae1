#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "attack.hpp"
#include "base/file.hpp"

namespace nassaq::ocr::hostile {

namespace {

/// Of the stack of a process, as far as its map can be read.
std::uintptr_t stack_of(int process) {
    std::ifstream map("/proc/" + std::to_string(process) + "/maps");
    for (std::string line; std::getline(map, line);) {
        if (line.ends_with("[stack]")) return std::stoull(line, nullptr, 16);
    }
    return 0;
}

/// What is there already, so that a process whose memory can be written goes on.
bool write_memory(int process) {
    const UniqueFd memory(open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDWR | O_CLOEXEC));
    const auto place = static_cast<off_t>(stack_of(process));
    std::array<char, 8> bytes{};
    return memory && pread(memory.get(), bytes.data(), bytes.size(), place) == 8 &&
           pwrite(memory.get(), bytes.data(), bytes.size(), place) == 8;
}

bool move_memory(int process, long call) {
    std::array<char, 8> bytes{};
    const iovec here{bytes.data(), bytes.size()};
    const iovec there{reinterpret_cast<void*>(stack_of(process)), bytes.size()};
    return syscall(call, process, &here, 1, &there, 1, 0) > 0;
}

bool seize(int process) {
    if (ptrace(PTRACE_SEIZE, process, nullptr, nullptr) != 0) return false;
    ptrace(PTRACE_DETACH, process, nullptr, nullptr);
    return true;
}

bool signal_by_descriptor(int process) {
    const UniqueFd descriptor(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
    return descriptor && syscall(SYS_pidfd_send_signal, descriptor.get(), 0, nullptr, 0) == 0;
}

bool own_a_descriptor(int process) {
    return fcntl(STDOUT_FILENO, F_SETOWN, process) == 0;
}

/// Stays, where it can, until half a minute has passed; away from its session and parent.
[[noreturn]] void outlive() {
    setsid();
    prctl(PR_SET_NAME, "nassaq-outlived");
    alarm(30);
    for (;;) pause();
}

bool outlive_by(pid_t (*start)()) {
    const pid_t child = start();
    if (child == 0) {
        if (start() == 0) outlive();
        _exit(0);
    }
    return child > 0;
}

pid_t start_by_clone() {
    return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

pid_t start_by_clone3() {
    std::array<std::uint64_t, 8> arguments{};
    arguments[4] = SIGCHLD;
    return static_cast<pid_t>(syscall(SYS_clone3, arguments.data(), sizeof arguments));
}

pid_t start_by_fork() {
    return fork();
}

bool start_many() {
    int started = 0;
    while (started < 300) {
        const pid_t child = fork();
        if (child < 0) break;
        if (child == 0) {
            alarm(30);
            for (;;) pause();
        }
        ++started;
    }
    return started > 0;
}

std::vector<Attack> attacks_on(const std::string& whom, int process) {
    const auto nice = [=] { return getpriority(PRIO_PROCESS, static_cast<id_t>(process)); };
    const auto scheduling = sched_param{};
    return {
        {"write_memory_of_" + whom, [=] { return write_memory(process); }},
        {"vm_read_" + whom, [=] { return move_memory(process, SYS_process_vm_readv); }},
        {"vm_write_" + whom, [=] { return move_memory(process, SYS_process_vm_writev); }},
        {"ptrace_" + whom, [=] { return seize(process); }},
        {"kill_" + whom, [=] { return kill(process, 0) == 0; }},
        {"kill_group_of_" + whom, [=] { return kill(-getpgid(process), 0) == 0; }},
        {"tgkill_" + whom, [=] { return syscall(SYS_tgkill, process, process, 0) == 0; }},
        {"tkill_" + whom, [=] { return syscall(SYS_tkill, process, 0) == 0; }},
        {"sigqueue_" + whom, [=] { return sigqueue(process, 0, {}) == 0; }},
        {"pidfd_signal_" + whom, [=] { return signal_by_descriptor(process); }},
        {"own_" + whom, [=] { return own_a_descriptor(process); }},
        {"renice_" + whom, [=] { return setpriority(PRIO_PROCESS, static_cast<id_t>(process), nice()) == 0; }},
        {"renice_group_of_" + whom,
         [=] { return setpriority(PRIO_PGRP, static_cast<id_t>(getpgid(process)), nice()) == 0; }},
        {"schedule_" + whom, [=] { return sched_setscheduler(process, SCHED_BATCH, &scheduling) == 0; }},
        {"affinity_" + whom,
         [=] {
             cpu_set_t cores;
             return sched_getaffinity(process, sizeof cores, &cores) == 0 &&
                    sched_setaffinity(process, sizeof cores, &cores) == 0;
         }},
        {"limit_" + whom,
         [=] {
             rlimit limit{};
             return prlimit(process, RLIMIT_NOFILE, nullptr, &limit) == 0;
         }},
    };
}

}  // namespace

std::vector<Attack> attacks_on_processes(const Instructions& instructions) {
    std::vector<Attack> attacks = attacks_on("the_server", getppid());
    if (const auto sibling = instructions.find("sibling"); sibling != instructions.end()) {
        std::ranges::move(attacks_on("a_sibling", std::stoi(sibling->second)), std::back_inserter(attacks));
    }
    const std::vector<Attack> by_processes{
        {"session", [] { return setsid() > 0; }},
        {"group", [] { return setpgid(0, getpgid(getppid())) == 0; }},
        {"outlive_by_fork", [] { return outlive_by(start_by_fork); }},
        {"outlive_by_clone", [] { return outlive_by(start_by_clone); }},
        {"outlive_by_clone3", [] { return outlive_by(start_by_clone3); }},
        {"outlive_the_server", [] { return prctl(PR_SET_PDEATHSIG, 0) == 0; }},
        {"renice_user", [] { return setpriority(PRIO_USER, 0, 19) == 0; }},
        {"three_hundred_processes", [] { return start_many(); }},
    };
    std::ranges::copy(by_processes, std::back_inserter(attacks));
    return attacks;
}

}  // namespace nassaq::ocr::hostile
