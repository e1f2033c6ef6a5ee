package org.apache.log4j;

/** What yavijava's classes name; they are loaded to be looked at, without the libraries that they would run with. */
public final class Logger {

    private Logger() {}

    /** Returns one that does nothing. */
    public static Logger getLogger(Class<?> owner) {
        return new Logger();
    }
}
