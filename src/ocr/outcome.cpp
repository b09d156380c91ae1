#include "ocr/outcome.hpp"

#include <csignal>

namespace nassaq::ocr {

namespace {

Fault blame_signal(int signal, std::string_view program) {
    switch (signal) {
        case SIGXCPU:
        case SIGALRM:  // StepLimit
            return document_fault(Reason::too_long_to_read).error();
        case SIGXFSZ:
            return document_fault(Reason::disk_exceeded).error();
        case SIGSEGV:
        case SIGBUS:
        case SIGABRT:
        case SIGFPE:
        case SIGILL:
        case SIGTRAP:
        case SIGSYS:  // A decoder that was tricked into a forbidden system call.
            return document_fault(Reason::file_damaged).error();
        default:  // SIGKILL is the kernel's answer to a lack of memory; SIGTERM and the like come from an operator.
            return machine_fault(Reason::ended_by_signal, program, signal).error();
    }
}

}  // namespace

Fault blame(const Outcome& outcome, std::string_view program) {
    switch (outcome.ending) {
        case Ending::timed_out:
            return document_fault(Reason::too_long_to_read).error();
        case Ending::stopped:
            return machine_fault(Reason::server_stops).error();
        case Ending::output_too_large:
            return document_fault(Reason::too_much_text).error();
        case Ending::too_many_threads:  // No decoder starts so many, or says so much, so it is not the decoder's work
        case Ending::said_too_much:     // any more.
            return document_fault(Reason::file_damaged).error();
        case Ending::folder_too_large:
            return document_fault(Reason::disk_exceeded).error();
        case Ending::signalled:
            return blame_signal(outcome.code, program);
        case Ending::exited:
            break;
    }
    return document_fault(Reason::file_damaged).error();
}

}  // namespace nassaq::ocr
