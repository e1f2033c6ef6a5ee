package io.hvkit.vmware.internal.soap;

/**
 * One call of a method of an object, before anybody has logged in for it.
 *
 * @param arguments named as the method
 * @param repeat what is done if its answer is lost
 */
public record Call(Ref target, Data arguments, Repeat repeat) {

    /** What is done if the answer is lost. */
    public enum Repeat {
        /** It changes nothing that stays, and is sent again. */
        READS,
        /** It may have worked; only a look can tell. */
        ONCE
    }

    /** Returns a call that reads. */
    public static Call reading(Ref target, Data arguments) {
        return new Call(target, arguments, Repeat.READS);
    }

    /** Returns a call that changes something. */
    public static Call changing(Ref target, Data arguments) {
        return new Call(target, arguments, Repeat.ONCE);
    }

    /** Returns the method's name. */
    public String method() {
        return arguments.type();
    }

    /** Returns the request as text. */
    String envelope() {
        StringBuilder out = new StringBuilder(Envelopes.OPENING);
        out.append('<').append(method()).append(" xmlns=\"urn:vim25\">");
        Data.write("_this", target, out);
        arguments.writeTo(out);
        return out.append("</")
                .append(method())
                .append('>')
                .append(Envelopes.CLOSING)
                .toString();
    }

    /** Returns the method and what it is called of, for people. */
    @Override
    public String toString() {
        return method() + " of " + target;
    }
}
