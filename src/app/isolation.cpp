#include "app/isolation.hpp"

#include <sys/prctl.h>

#include "base/last_error.hpp"
#include "base/log.hpp"
#include "ocr/landlock.hpp"

namespace nassaq::app {

void close_to_other_processes() {
    if (::prctl(PR_SET_DUMPABLE, 0) != 0) {
        throw_last_error("close the memory to other processes", "by PR_SET_DUMPABLE");
    }
}

settings::Faults check_isolation(const settings::ExtractionSettings& settings) {
    if (!settings.requires_landlock || ocr::landlock_version() > 0) {
        return {};
    }
    return {"EXTRACT_REQUIRE_LANDLOCK: this kernel, or what this process runs in, has no Landlock"};
}

void log_isolation() {
    if (const int version = ocr::landlock_version(); version > 0) {
        log::info("decoders reach no files but their own", {{"landlock", version}});
    } else {
        log::warning(
            "there is no Landlock: a decoder that is taken over by its document reaches the files that this "
            "user may read and write (EXTRACT_REQUIRE_LANDLOCK refuses that)");
    }
}

}  // namespace nassaq::app
