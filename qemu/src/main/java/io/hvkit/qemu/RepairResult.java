package io.hvkit.qemu;

/**
 * What a repair came to.
 *
 * @param before what was wrong
 * @param after what still is, found by another check; the same as before if there was nothing to do
 */
public record RepairResult(CheckResult before, CheckResult after) {}
