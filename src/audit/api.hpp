#pragma once

#include "api/route.hpp"

namespace nassaq::audit {

api::RouteTable routes();

}  // namespace nassaq::audit
