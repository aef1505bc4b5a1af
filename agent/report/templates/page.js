'use strict';
// The page says everything without this: it sorts and filters the table of all metrics.
(function () {
  var table = document.getElementById('all');
  if (!table) return;
  var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
  var tools = document.getElementById('tools'), said = document.getElementById('said');
  function make(label, field) {
    var around = document.createElement('label');
    around.textContent = label;
    around.appendChild(field);
    tools.insertBefore(around, said);
    field.addEventListener('input', filter);
    return field;
  }
  var text = make('Only names with', document.createElement('input'));
  text.type = 'search';
  var word = document.createElement('select');
  ['all', 'worse', 'changed', 'better', 'unknown', 'same'].forEach(function (name) {
    word.add(new Option(name === 'all' ? 'all of them' : name, name));
  });
  make('Only what is', word);
  function filter() {
    var wanted = text.value.toLowerCase(), shown = 0;
    rows.forEach(function (row) {
      var hit = (word.value === 'all' || row.cells[1].textContent.trim() === word.value) &&
        row.cells[0].textContent.toLowerCase().indexOf(wanted) >= 0;
      row.hidden = !hit;
      if (hit) shown += 1;
    });
    said.textContent = shown + ' of ' + rows.length + ' lines';
  }
  function key(row, column) {
    var cell = row.cells[column], number = cell.getAttribute('data-v');
    if (number === null) number = cell.textContent.replace(/^\s*([-+0-9.e]+).*$/s, '$1');
    return number !== '' && isFinite(number) ? Number(number) : cell.textContent.toLowerCase();
  }
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
    if (head.hasAttribute('data-fixed')) return;
    var button = document.createElement('button');
    button.type = 'button';
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener('click', function () {
      var up = head.getAttribute('aria-sort') !== 'ascending';
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      rows.sort(function (a, b) {
        var x = key(a, column), y = key(b, column);
        var order = typeof x === typeof y ? (x < y ? -1 : x > y ? 1 : 0) : typeof x === 'number' ? -1 : 1;
        return up ? order : -order;
      });
      rows.forEach(function (row) { body.appendChild(row); });
    });
  });
  filter();
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details:not(.deep)').forEach(function (one) { one.open = true; });
  });
})();
