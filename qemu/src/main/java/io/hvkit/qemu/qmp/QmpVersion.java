package io.hvkit.qemu.qmp;

/**
 * The version of a running qemu, from its greeting.
 *
 * @param major the first number
 * @param minor the second number
 * @param micro the third number
 * @param distribution what whoever built it adds, such as {@code Debian 1:7.2+dfsg-7}; often empty
 */
public record QmpVersion(long major, long minor, long micro, String distribution) {

    /** Returns whether it is this version or a later one; distributions backport, so ask for commands instead if you can. */
    public boolean isAtLeast(int otherMajor, int otherMinor) {
        return major > otherMajor || (major == otherMajor && minor >= otherMinor);
    }

    /** Returns the numbers with dots between them. */
    @Override
    public String toString() {
        return major + "." + minor + "." + micro;
    }

    static QmpVersion of(QmpValue greeting) {
        QmpValue version = greeting.at("version");
        QmpValue numbers = version.at("qemu");
        return new QmpVersion(
                numbers.at("major").number(),
                numbers.at("minor").number(),
                numbers.at("micro").number(),
                version.find("package").map(QmpValue::text).orElse(""));
    }
}
