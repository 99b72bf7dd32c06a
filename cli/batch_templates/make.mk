# @SUMMARY@
# Run:  make -f THIS_FILE -j @AT_ONCE@
# Again after a failure: the same command; finished parts are not computed again.

parts := $(foreach k,$(shell seq @TASKS@),@FOLDER@/part-$(k)@EXTENSION@)

.DELETE_ON_ERROR:
.PHONY: all
all: $(parts)
	@JOIN@@AND_COMPLETE@

@FOLDER@/part-%@EXTENSION@: | @FOLDER@
	@COMMAND@ --shard $*/@TASKS@ @RESUME@ @OUTPUT_OPTION@ $@

@FOLDER@:
	mkdir -p $@
