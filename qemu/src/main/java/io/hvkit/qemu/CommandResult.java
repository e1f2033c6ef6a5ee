package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import java.nio.file.Path;

/**
 * What a program said. Runners keep the first mebibyte of each stream.
 *
 * @param exitCode zero for success; 128 and more if a signal ended it
 * @param output its standard output
 * @param errors its standard error
 * @param dropped how many bytes of both were read and not kept
 */
public record CommandResult(int exitCode, String output, String errors, long dropped) {

    /** Returns a result of which all was kept. */
    public static CommandResult of(int exitCode, String output, String errors) {
        return new CommandResult(exitCode, output, errors, 0);
    }

    /** Returns whether the program says that it succeeded. */
    public boolean succeeded() {
        return exitCode == 0;
    }

    /**
     * Returns the failure that the words of one of qemu's programs stand for, in those words: {@code IN_USE} if it found an image
     * locked, {@code NOT_FOUND} if a file was missing, {@code EXHAUSTED}, {@code CORRUPT_DATA} and others; {@code DEFECT} for words
     * that are not known.
     *
     * @param deed what was tried, for people
     * @param doubt what is left of the attempt if the words do not say that it never began
     * @param paths what the program was told to work on: their own letters are no complaint
     */
    public DriverException failure(String deed, Effect doubt, Path... paths) {
        return Complaint.of(deed, this, doubt, paths);
    }
}
