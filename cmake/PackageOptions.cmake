# SPDX-License-Identifier: Apache-2.0
# Read by cpack for each generator: the .tar.gz is one file with the shared libraries, the .deb is a
# package for each component without them.
cmake_policy(SET CMP0057 NEW)  # cpack sets no policies: if(... IN_LIST ...)
set(CPACK_COMPONENTS_ALL archcost)
foreach(component kernels dev)
  if(component IN_LIST CPACK_ARCHCOST_COMPONENTS)
    list(APPEND CPACK_COMPONENTS_ALL ${component})
  endif()
endforeach()
if(CPACK_GENERATOR STREQUAL "TGZ")
  set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
  list(REMOVE_ITEM CPACK_COMPONENTS_ALL dev)
  list(APPEND CPACK_COMPONENTS_ALL bundle)
  set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
endif()
