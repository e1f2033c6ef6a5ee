package io.hvkit.qemu.inspect;

/**
 * One format: how it is told, and what is read of it. Stateless. Every number that is read may be a lie; a reader checks it
 * before it is used, notes what is wrong, and throws {@link Refusal} only where it cannot go on.
 */
interface FormatReader {

    /**
     * What this format's row in the manual says.
     *
     * @param recognisedBy what makes a file one of this format
     * @param reads what is learned
     * @param refuses what becomes a finding, besides contradictions and parts that lie outside the file or over another
     */
    record Row(String recognisedBy, String reads, String refuses) {}

    /** Returns which format. */
    FileFormat format();

    /** Returns what the manual says of it. */
    Row row();

    /** Returns whether a reader that goes by the content would take the file for this format. Cheap. */
    boolean matches(Bytes bytes) throws InterruptedException;

    /** Reads the claims of a file that matches. */
    void read(Bytes bytes, Report report) throws InterruptedException;
}
