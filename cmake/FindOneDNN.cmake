# SPDX-License-Identifier: Apache-2.0
# oneDNN without its own CMake package, which asks for OpenCL where Debian builds it for GPUs too.
# Defines OneDNN::dnnl.
find_path(OneDNN_INCLUDE_DIR dnnl.hpp)
find_library(OneDNN_LIBRARY dnnl)
if(OneDNN_INCLUDE_DIR)
  set(version_lines)
  foreach(header dnnl_version.h oneapi/dnnl/dnnl_version.h)
    if(EXISTS "${OneDNN_INCLUDE_DIR}/${header}")
      file(STRINGS "${OneDNN_INCLUDE_DIR}/${header}" lines REGEX "define DNNL_VERSION_MAJOR +[0-9]+")
      list(APPEND version_lines ${lines})
    endif()
  endforeach()
  string(REGEX MATCH "[0-9]+" OneDNN_VERSION "${version_lines}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OneDNN REQUIRED_VARS OneDNN_LIBRARY OneDNN_INCLUDE_DIR VERSION_VAR OneDNN_VERSION)
if(OneDNN_FOUND AND NOT TARGET OneDNN::dnnl)
  add_library(OneDNN::dnnl UNKNOWN IMPORTED)
  set_target_properties(OneDNN::dnnl PROPERTIES IMPORTED_LOCATION "${OneDNN_LIBRARY}"
                        INTERFACE_INCLUDE_DIRECTORIES "${OneDNN_INCLUDE_DIR}")
endif()
