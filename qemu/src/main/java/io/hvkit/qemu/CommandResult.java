package io.hvkit.qemu;

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
}
