package io.hvkit.qemu.inspect;

import java.util.Locale;

/** Ends the reading of one format where nothing behind it can be trusted. Never leaves the package. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Finding finding;

    private Refusal(Finding finding) {
        super(finding.text(), null, false, false);
        this.finding = finding;
    }

    static Refusal because(Finding.Kind kind, String format, Object... arguments) {
        return new Refusal(new Finding(kind, String.format(Locale.ROOT, format, arguments)));
    }

    static Refusal malformed(String format, Object... arguments) {
        return because(Finding.Kind.MALFORMED, format, arguments);
    }

    /** Goes on only if it holds. */
    static void unless(boolean holds, String format, Object... arguments) {
        if (!holds) {
            throw malformed(format, arguments);
        }
    }

    Finding finding() {
        return finding;
    }
}
