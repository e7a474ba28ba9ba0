fn main() {
    println!("tool {}", env!("CARGO_PKG_VERSION"));
}
