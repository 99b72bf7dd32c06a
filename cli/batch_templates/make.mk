# @SUMMARY@
# Run:  make -f THIS_FILE -j @AT_ONCE@
# Again after a failure: the same command; finished parts are not computed again. After a failed
# join each task looks whether its part is finished.

done := $(foreach k,$(shell seq @TASKS@),@FOLDER@/part-$(k).done)

.PHONY: all
all: $(done)
	@JOIN@@AND_COMPLETE@ || { rm -f $(done); exit 1; }

@FOLDER@/part-%.done: | @FOLDER@
	@FILL@ @FOLDER@/part-$*@EXTENSION@
	@COMMAND@ --shard $*/@TASKS@ @RESUME@ @OUTPUT_OPTION@ @FOLDER@/part-$*@EXTENSION@
	touch $@

@FOLDER@:
	mkdir -p $@
