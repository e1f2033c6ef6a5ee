package io.hvkit.powerflex.simulator.internal.array;

/** The array refuses. */
public final class ArrayException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Whether the answer hides the error among its details, as commands on many objects do. */
    public enum Shape {
        PLAIN,
        DETAILED
    }

    private final ArrayError error;
    private final Shape shape;

    public ArrayException(ArrayError error) {
        this(error, Shape.PLAIN);
    }

    public ArrayException(ArrayError error, Shape shape) {
        super(error.text());
        this.error = error;
        this.shape = shape;
    }

    public ArrayError error() {
        return error;
    }

    public Shape shape() {
        return shape;
    }
}
